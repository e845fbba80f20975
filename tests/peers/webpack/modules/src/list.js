const qs = require('qs');
const fs = require("node:fs");

exports.handler = async (event) => qs.stringify({title: fs.constants.R_OK + event.title});
exports.again = exports.handler;
