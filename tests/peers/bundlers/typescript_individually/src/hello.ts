import data from '../assets/data.json'; export const handler = async (): Promise<string> => data.text;
