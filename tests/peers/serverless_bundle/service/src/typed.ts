export const handler = async (event: {name: string}): Promise<string> => event.name;
