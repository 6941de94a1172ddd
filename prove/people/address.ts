/** Case tells no two mailboxes apart. */
export const inboxOf = (address: string): string => address.toLowerCase();
