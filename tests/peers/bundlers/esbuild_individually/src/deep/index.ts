export const main = async () => 'deep';
