import { Html } from './html.ts';

export const style = new Html(`
:root { color-scheme: light dark; --line: light-dark(#d8d3c8, #3a3a40); --soft: light-dark(#6a6459, #a5a29b); --accent: light-dark(#8a3b12, #f0a36b); --back: light-dark(#fbf9f4, #17171a); --code: light-dark(#f1ede3, #222226); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1rem 1.25rem 4rem; font: 1rem/1.5 system-ui, sans-serif; background: var(--back); color: light-dark(#23211d, #e9e6df); }
header { display: flex; flex-wrap: wrap; gap: 0 1.5rem; align-items: baseline; border-bottom: 1px solid var(--line); }
h1 { font-size: 1.5rem; margin: .5rem 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; } h2 small { color: var(--soft); font-weight: normal; }
p, dl { margin: .5rem 0; } dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
pre { background: var(--code); padding: .75rem; border-radius: .4rem; white-space: pre-wrap; overflow-wrap: anywhere; } code { font: .9em/1.5 ui-monospace, monospace; }
a { color: var(--accent); } .empty, .note { color: var(--soft); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); font-weight: normal; overflow-wrap: break-word; }
thead th { color: var(--soft); font-size: .85rem; } tbody th { font-weight: 600; } time { white-space: nowrap; font-variant-numeric: tabular-nums; }
summary { cursor: pointer; } ol { margin: .25rem 0; padding-left: 1.25rem; }
.status.running { color: var(--accent); } .status.failed, .status.timed_out { font-weight: 700; }
iframe { width: 100%; height: 75vh; border: 1px solid var(--line); border-radius: .4rem; background: #fff; }
form { display: inline; } button { font: inherit; padding: .3rem .8rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--code); color: inherit; cursor: pointer; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; } }
`);
