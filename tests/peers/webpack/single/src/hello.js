import {v4} from 'uuid';
import {title} from './shared/title';

export const handler = async () => ({id: v4(), title: title(GREETING), stage: STAGE, functions: FUNCTIONS, options: OPTIONS});
