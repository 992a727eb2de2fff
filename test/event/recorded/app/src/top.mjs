await null;
throw new Error('while loading');
