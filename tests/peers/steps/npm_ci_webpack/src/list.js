const express = require('express');
const bytes = require('bytes');
exports.handler = express() && bytes;
