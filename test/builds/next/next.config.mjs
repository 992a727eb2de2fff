export default {
  // Without them nobody can tell what a chunk was built from.
  experimental: { serverSourceMaps: true },
  serverExternalPackages: ['errsight'],
  // Next itself lies outside of the folder.
  turbopack: { root: '/' },
};
