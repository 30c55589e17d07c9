import access from "./access.json";
import apiReference from "./api-reference.json";
import audit from "./audit.json";
import common from "./common.json";
import credentials from "./credentials.json";
import jobs from "./jobs.json";
import keys from "./keys.json";
import log from "./log.json";
import overview from "./overview.json";
import playground from "./playground.json";
import requests from "./requests.json";
import session from "./session.json";
import settings from "./settings.json";
import system from "./system.json";
import usage from "./usage.json";

export default {
  ...common,
  ...credentials,
  access,
  apiReference,
  audit,
  jobs,
  keys,
  log,
  overview,
  playground,
  requests,
  session,
  settings,
  system,
  usage,
};
