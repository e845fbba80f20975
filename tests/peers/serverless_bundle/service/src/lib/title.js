export const title = (text) => text.toUpperCase();
