const path = require('path');
const slsw = require('serverless-webpack');

module.exports = {
  entry: slsw.lib.entries,
  context: path.join(__dirname, '..'),
  target: 'node20',
  mode: 'development',
  devtool: 'source-map',
  output: {libraryTarget: 'commonjs2', path: path.join(__dirname, '../build'), filename: '[name].js'},
  module: {rules: [{test: /\.js$/, exclude: /node_modules/, use: {loader: 'babel-loader', options: {
    cacheDirectory: true, plugins: ['@babel/plugin-transform-private-methods']}}}]},
};
