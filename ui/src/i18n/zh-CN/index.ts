import apiReference from "./api-reference.json";
import audit from "./audit.json";
import common from "./common.json";
import contents from "./contents.json";
import credentials from "./credentials.json";
import jobs from "./jobs.json";
import keys from "./keys.json";
import log from "./log.json";
import media from "./media.json";
import models from "./models.json";
import network from "./network.json";
import overview from "./overview.json";
import playground from "./playground.json";
import prices from "./prices.json";
import requests from "./requests.json";
import session from "./session.json";
import settings from "./settings.json";
import system from "./system.json";
import team from "./team.json";
import usage from "./usage.json";

export default {
  ...common,
  ...credentials,
  apiReference,
  audit,
  contents,
  jobs,
  keys,
  log,
  media,
  models,
  network,
  overview,
  playground,
  prices,
  requests,
  session,
  settings,
  system,
  team,
  usage,
};
