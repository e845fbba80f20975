const qs = require('qs');
const {title} = require('../shared/title');

exports.handler = async (event) => qs.stringify({title: title(event.title)});
exports.again = exports.handler;
