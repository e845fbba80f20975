export const broken: number = 'not compiled';
