import {missing} from './missing';

export const handler = async (): Promise<number> => missing + 'text';
