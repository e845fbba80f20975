export const word: string = 'in ';
