export { html, Html } from '../../lambdas/domain/pages/html.ts';
