import { Html } from '../../local/console/html.ts';

/** Comes after the style of the local page. The frames are as wide as the windows that they stand for. */
export const previewStyle = new Html(`
body { max-width: 72rem; }
.controls { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; margin: 1rem 0; }
.controls form { display: flex; gap: .5rem; align-items: center; }
select, input { font: inherit; padding: .3rem .5rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--code); color: inherit; max-width: 18rem; }
nav a { margin-left: .5rem; } nav a[aria-current] { color: inherit; font-weight: bold; text-decoration: none; }
.problem { border-left: .3rem solid #c0392b; background: var(--code); padding: .5rem 1rem; margin: 1rem 0; border-radius: .2rem; }
.problem pre { background: none; padding: 0; margin: .25rem 0; }
.frames { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: start; margin: 1rem 0; }
figure { margin: 0; max-width: 100%; } figcaption { color: var(--soft); margin-bottom: .25rem; font-size: .9rem; }
.frames iframe { display: block; height: 40rem; max-width: 100%; } .desktop { width: 642px; } .phone { width: 377px; }
meter { width: 8rem; vertical-align: middle; }
`);
