export const handler = async (event) => event?.body ?? 'none';
