import { PutObjectCommand } from '@aws-sdk/client-s3';

/** One bucket: objects by key. */
export class Bucket {
  readonly objects = new Map<string, string>();
  onPut: (key: string, body: string) => void = () => undefined;

  handle(command: object): object {
    if (!(command instanceof PutObjectCommand)) throw new Error(`the simulated S3 does not know ${command.constructor.name}`);
    const { Key = '', Body } = command.input;
    this.put(Key, typeof Body === 'string' ? Body : Buffer.from(Body as Uint8Array).toString());
    return {};
  }

  put(key: string, body: string): void {
    this.objects.set(key, body);
    this.onPut(key, body);
  }
}
