/** A template does what this renderer does not know, or what nobody has recorded of API Gateway. The answer is a 500. */
export class TemplateError extends Error {
  override name = 'TemplateError';
}
