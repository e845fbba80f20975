export enum Kind {A, B}

export const named = (name: string): string => `${name} ${Kind.B}`;
export const handler = async (): Promise<string> => named('n');
