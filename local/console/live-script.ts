/** Runs in the browser: reloads the changing part of the page at intervals, and keeps opened details open. */
export const liveScript = `
const main = document.getElementById('live');
const time = document.getElementById('time');
async function refresh() {
  if (document.hidden || main.contains(document.activeElement) && getSelection().toString()) return;
  const answer = await fetch('/_segue/live').catch(() => undefined);
  if (!answer || !answer.ok) { time.textContent = 'The runtime does not answer.'; return; }
  const next = await answer.json();
  time.innerHTML = next.time;
  if (next.main === refresh.last) return;
  refresh.last = next.main;
  const focused = document.activeElement && main.contains(document.activeElement) ? [...main.querySelectorAll('a, summary')].indexOf(document.activeElement) : -1;
  const open = [...main.querySelectorAll('details[open]')].map((one) => one.dataset.key);
  main.innerHTML = next.main;
  for (const one of main.querySelectorAll('details')) one.open = open.includes(one.dataset.key);
  if (focused >= 0) main.querySelectorAll('a, summary')[focused]?.focus();
}
setInterval(refresh, 1500);
`;
