export const main = async (): Promise<number> => 'a type error does not stop the plugin';
