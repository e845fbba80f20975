throw new Error('not bundled');
