export default {
  // Without them nobody can tell what a chunk was built from.
  experimental: { serverSourceMaps: true },
  // As Next does it by itself, or with the package left beside what it builds.
  ...(process.env.STANDALONE === '1'
    ? { output: 'standalone', outputFileTracingRoot: '/' }
    : { serverExternalPackages: ['errsight'] }),
  // Next itself lies outside of the folder.
  turbopack: { root: '/' },
};
