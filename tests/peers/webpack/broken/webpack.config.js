const slsw = require('serverless-webpack');

module.exports = {
  entry: slsw.lib.entries,
  mode: 'production',
  resolve: {extensions: ['.ts', '.js']},
  module: {rules: [{test: /\.ts$/, loader: 'ts-loader'}]},
};
