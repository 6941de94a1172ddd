import { html, type Html } from '../domain/pages/html.ts';
import type { PageLook } from '../domain/pages/look.ts';
import { personPage } from '../domain/pages/person-page.ts';
import { maxCommentLength } from '../domain/surveys/survey.ts';
import type { Draft, Survey } from './answer.ts';

/** The question, with the answer of the link chosen in advance. Nothing is recorded until it is sent. */
export function formPage(look: PageLook, { question, answers }: Survey, draft: Draft, problem?: Html): string {
  const { text, name: brand } = look;
  return personPage(
    look,
    problem === undefined ? question : text('notSentYet'),
    html`<h1 id="question">${question}</h1>
${problem !== undefined && html`<div class="problem" role="alert"><p>${problem}</p></div>`}
<form method="post" class="card">
<fieldset aria-describedby="question">
<legend>${text('yourAnswer')}</legend>
${answers.map(
  ({ value, label }) => html`<div class="choice"><input type="radio" id="answer-${value}" name="answer" value="${value}" required${value === draft.answer && ' checked'}>
<label for="answer-${value}">${label}</label></div>
`,
)}</fieldset>
<label class="field" for="comment">${text('anythingToAdd')}</label>
<textarea id="comment" name="comment" rows="4" maxlength="${maxCommentLength}" aria-describedby="room">
${draft.comment}</textarea>
<p class="note" id="room">${text('upTo', { count: maxCommentLength.toLocaleString(look.language) })}</p>
<button class="main">${text('sendAnswer')}</button>
</form>
<p class="note">${text('keepsAnswer', { brand })}</p>`,
  );
}

/** @param answer undefined when it was changed too often to be taken */
export function thanksPage(look: PageLook, answer: Survey['answers'][number] | undefined): string {
  const { text } = look;
  if (answer === undefined) {
    return personPage(look, text('notChanged'), html`<h1>${text('answerStands')}</h1>
<p>${text('changedTooOften')}</p>`);
  }
  return personPage(look, text('thankYou'), html`<h1>${text('thankYou')}.</h1>
<div class="status" role="status"><p>${text('yourAnswer')}: <strong>${answer.label}</strong></p></div>
<p class="note">${text('changeYourMind')}</p>`);
}

/** @param isOver the link is good, but its question is not asked any more */
export function invalidPage(look: PageLook, isOver: boolean): string {
  const { text } = look;
  if (isOver) return personPage(look, text('surveyOver'), html`<h1>${text('surveyOver')}.</h1>
<p>${text('thanksForWanting')}</p>`);
  return personPage(look, text('badLinkTitle'), html`<h1>${text('badLink')}</h1>
<p>${text('badSurveyLinkWhy')}</p>`);
}
