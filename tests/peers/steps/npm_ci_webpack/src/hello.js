import d from 'debug';
import {valid} from 'semver';
export const handler = async () => d('x') ?? valid('1.0.0');
