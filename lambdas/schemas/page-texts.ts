import * as z from 'zod/mini';

/** Texts of the pages for people who get emails. `{brand}`, `{topic}` and other words in braces are filled in. */
export const pageTextNames = [
  'yourEmails', 'whichEmails', 'done', 'saved', 'stoppedAll', 'comeBack', 'noConsent', 'choicesCount', 'stoppedNow', 'leftAlways', 'leftNow', 'wantAfterAll', 'returnedNow',
  'youGet', 'youGetNone', 'cameFrom', 'stopTopic', 'emailsFrom', 'saveChoice', 'onlyOrdered', 'onlyThese', 'sendAgain', 'sentAlways', 'sentAlwaysWhy', 'noneAtAll', 'noneAtAllWhy',
  'stopAll', 'everything', 'badLink', 'badLinkTitle', 'badLinkWhy', 'writeTo', 'notSentYet', 'yourAnswer', 'anythingToAdd', 'upTo', 'sendAnswer', 'keepsAnswer', 'notChanged',
  'answerStands', 'changedTooOften', 'thankYou', 'changeYourMind', 'surveyOver', 'thanksForWanting', 'badSurveyLinkWhy', 'badReportLinkWhy', 'faultTitle', 'fault', 'faultWhy', 'chooseOne', 'commentTooLong',
  'returnAsked', 'returnAskedBefore', 'returnImpossible', 'returnTitle', 'returnWhy', 'returnYes', 'returnOver', 'returnSubject', 'returnMailWhy', 'returnMailIgnore',
] as const;

export type PageTextName = (typeof pageTextNames)[number];
export type PageTexts = Readonly<Record<PageTextName, string>>;

/** Languages in which the pages are written; texts of others come from the config. */
export const writtenPageLanguages = ['en', 'de'] as const;

export const pageTexts = z.record(z.enum(pageTextNames), z.string().check(z.minLength(1)));
