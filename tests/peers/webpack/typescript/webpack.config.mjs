import slsw from 'serverless-webpack';

export default {
  entry: slsw.lib.entries,
  mode: 'production',
  devtool: 'inline-source-map',
  optimization: {minimize: false},
  resolve: {extensions: ['.ts', '.js']},
  module: {rules: [{test: /\.ts$/, loader: 'ts-loader', options: {instance: slsw.lib.webpack.isLocal ? 'local' : 'packaged'}}]},
};
