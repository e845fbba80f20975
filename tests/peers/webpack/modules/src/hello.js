import {v4} from 'uuid';

export const handler = async () => v4();
