export { html, Html } from '../../lambdas/domain/html.ts';
