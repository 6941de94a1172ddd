declare module 'mjml' {
  interface Options {
    filePath: string;
    actualPath: string;
    includePath: string;
    ignoreIncludes: boolean;
    validationLevel: 'strict' | 'soft' | 'skip';
    keepComments: boolean;
    minify: boolean;
    minifyOptions?: Record<string, unknown>;
    fonts: Record<string, string>;
    preprocessors: ((mjml: string) => string)[];
  }
  export interface Node {
    children?: Node[];
    line: number;
    absoluteFilePath: string;
    /** Set when an include failed. */
    errors?: unknown[];
  }
  /** Rejects with a ValidationError under `validationLevel: 'strict'`. */
  export default function mjml2html(mjml: string, options: Options): Promise<{ html: string; json: Node }>;
}
