export const handler = async (): Promise<string> => VERSION; declare const VERSION: string;
