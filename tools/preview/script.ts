/**
 * Runs in the browser: puts in the page as it is after a change, without a jump, and gives each frame the height of its email.
 * Scripts of an email do not run, since its frame is sandboxed; that it has the page's origin only lets this script measure it.
 */
export const previewScript = `
const main = document.getElementById('live');
function fit(frame) {
  const inner = frame.contentDocument;
  if (!inner || !inner.body) return;
  const base = inner.createElement('base');
  base.target = '_blank';
  inner.head.append(base);
  const measure = () => { frame.style.height = Math.ceil(inner.documentElement.getBoundingClientRect().height) + 2 + 'px'; };
  measure();
  for (const image of inner.images) image.addEventListener('load', measure);
}
function ready() {
  for (const frame of main.querySelectorAll('iframe')) {
    frame.addEventListener('load', () => fit(frame));
    if (frame.contentDocument?.readyState === 'complete') fit(frame);
  }
  main.querySelector('select')?.addEventListener('change', (event) => event.target.form.submit());
}
async function replace() {
  const answer = await fetch(location.href);
  const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const heights = [...main.querySelectorAll('iframe')].map((frame) => frame.style.height);
  const typed = main.querySelector('input[name=user]')?.value;
  document.title = next.title;
  main.dataset.version = next.getElementById('live').dataset.version;
  main.replaceChildren(...next.getElementById('live').childNodes);
  main.querySelectorAll('iframe').forEach((frame, index) => { frame.style.height = heights[index] ?? ''; });
  if (typed && main.querySelector('input[name=user]')) main.querySelector('input[name=user]').value = typed;
  ready();
}
const pause = () => new Promise((done) => setTimeout(done, 1000));
async function follow() {
  for (;;) {
    const answer = await fetch('/changes?since=' + main.dataset.version).catch(() => undefined);
    document.getElementById('status').textContent = answer?.ok ? '' : 'The preview does not answer; is it running?';
    if (!answer?.ok) await pause();
    else if ((await answer.text()) !== main.dataset.version) await replace().catch(pause);
  }
}
ready();
follow();
`;
