/** The shop that runs here: the example bookstore, until `npm run init` puts a shop of your own in the place of this file. */
export { default } from './examples/bookstore/segue.config.ts';

/** Where the shop's emails/ and statemachines/ are, unless there are folders of these names beside this file. */
export const shopFolder = './examples/bookstore';
