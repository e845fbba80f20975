const slsw = require('serverless-webpack');
const {DefinePlugin} = require('webpack');
const {service, providers} = slsw.lib.serverless;

module.exports = (async () => ({
  entry: slsw.lib.entries,
  mode: slsw.lib.webpack.isLocal ? 'development' : 'production',
  devtool: 'source-map',
  plugins: [new DefinePlugin({
    GREETING: JSON.stringify(service.custom.greeting), STAGE: JSON.stringify(providers.aws.getStage()),
    FUNCTIONS: JSON.stringify(service.getAllFunctions()), OPTIONS: JSON.stringify(slsw.lib.options.stage || 'none'),
  })],
}))();
