// The connection parameters: libpq's whole list (that of version 18, those of older
// versions, and servicefile, which is newer), and how each is treated;
// cmd/fanql/help/postgres.md has the same list.

package postgres

// A treatment says how a parameter is treated.
type treatment struct {
	variable string // the environment variable that also sets it
	ignored  bool   // it has no effect here
	refused  string // why it is refused, and what to do
	unless   []string
}

// libpq is libpq's list. Other names are settings of the server.
var libpq = map[string]treatment{
	"host":                      {variable: "PGHOST"},
	"hostaddr":                  {variable: "PGHOSTADDR"},
	"port":                      {variable: "PGPORT"},
	"dbname":                    {variable: "PGDATABASE"},
	"user":                      {variable: "PGUSER"},
	"password":                  {variable: "PGPASSWORD"},
	"passfile":                  {variable: "PGPASSFILE"},
	"service":                   {variable: "PGSERVICE"},
	"servicefile":               {variable: "PGSERVICEFILE"},
	"connect_timeout":           {variable: "PGCONNECT_TIMEOUT"},
	"application_name":          {variable: "PGAPPNAME"},
	"fallback_application_name": {},
	"options":                   {variable: "PGOPTIONS"},
	"target_session_attrs":      {variable: "PGTARGETSESSIONATTRS"},
	"load_balance_hosts":        {variable: "PGLOADBALANCEHOSTS"},
	"sslmode":                   {variable: "PGSSLMODE"},
	"requiressl":                {variable: "PGREQUIRESSL"},
	"sslnegotiation":            {variable: "PGSSLNEGOTIATION"},
	"sslcert":                   {variable: "PGSSLCERT"},
	"sslkey":                    {variable: "PGSSLKEY"},
	"sslpassword":               {variable: "PGSSLPASSWORD"}, // the variable is pgx's: libpq has none
	"sslcertmode":               {variable: "PGSSLCERTMODE"},
	"sslrootcert":               {variable: "PGSSLROOTCERT"},
	"sslsni":                    {variable: "PGSSLSNI"},
	"ssl_min_protocol_version":  {variable: "PGSSLMINPROTOCOLVERSION"},
	"ssl_max_protocol_version":  {variable: "PGSSLMAXPROTOCOLVERSION"},
	"min_protocol_version":      {variable: "PGMINPROTOCOLVERSION"},
	"max_protocol_version":      {variable: "PGMAXPROTOCOLVERSION"},
	"channel_binding":           {variable: "PGCHANNELBINDING"},
	"require_auth":              {variable: "PGREQUIREAUTH"},
	"keepalives":                {},
	"keepalives_idle":           {},
	"keepalives_interval":       {},
	"keepalives_count":          {},
	"tcp_user_timeout":          {},

	"client_encoding": {ignored: true, variable: "PGCLIENTENCODING"}, // it is UTF8
	"sslcompression":  {ignored: true, variable: "PGSSLCOMPRESSION"}, // which TLS no longer has
	"krbsrvname":      {ignored: true, variable: "PGKRBSRVNAME"},     // for a login that is refused in any case
	"gsslib":          {ignored: true, variable: "PGGSSLIB"},
	"gssdelegation":   {ignored: true, variable: "PGGSSDELEGATION"},
	"authtype":        {ignored: true}, // obsolete in libpq
	"tty":             {ignored: true},

	"gssencmode": {
		variable: "PGGSSENCMODE", unless: []string{"disable", "prefer"},
		refused: "connections are not encrypted by GSSAPI here: use sslmode",
	},
	"replication": {
		unless:  []string{"false", "off", "no", "0"},
		refused: "a replication connection answers no queries: remove it",
	},
	"sslcrl":    {variable: "PGSSLCRL", refused: "lists of revoked certificates are not read here, and it is not ignored in silence: remove it"},
	"sslcrldir": {variable: "PGSSLCRLDIR", refused: "lists of revoked certificates are not read here, and it is not ignored in silence: remove it"},
	"requirepeer": {
		variable: "PGREQUIREPEER",
		refused:  "the user that runs the server is not looked at here, and it is not ignored in silence: remove it",
	},
	"sslkeylogfile":       {refused: "the keys of TLS are written nowhere: remove it"},
	"scram_client_key":    {refused: "a login by keys of SCRAM is not known here: give a password"},
	"scram_server_key":    {refused: "a login by keys of SCRAM is not known here: give a password"},
	"oauth_issuer":        {refused: "a login by OAuth is not known here: give a password or a certificate"},
	"oauth_client_id":     {refused: "a login by OAuth is not known here: give a password or a certificate"},
	"oauth_client_secret": {refused: "a login by OAuth is not known here: give a password or a certificate"},
	"oauth_scope":         {refused: "a login by OAuth is not known here: give a password or a certificate"},
}

// settings are the server's settings that libpq reads from the environment; the value
// "default" sets nothing.
var settings = map[string]string{"timezone": "PGTZ", "datestyle": "PGDATESTYLE", "geqo": "PGGEQO"}

// otherHabits are parameters of other programs' URLs, with the advice what to write
// here.
var otherHabits = map[string]string{
	"currentschema":          "write search_path=NAME",
	"current_schema":         "write search_path=NAME",
	"database":               "write dbname=NAME, or /NAME behind the host",
	"db":                     "write dbname=NAME, or /NAME behind the host",
	"username":               "write user=NAME, or NAME@ before the host",
	"charset":                "remove it: text comes as UTF-8",
	"encoding":               "remove it: text comes as UTF-8",
	"sslfactory":             "write sslmode=verify-full and sslrootcert=FILE",
	"logintimeout":           "write connect_timeout=SECONDS",
	"connecttimeout":         "write connect_timeout=SECONDS",
	"timeout":                "write connect_timeout=SECONDS, or statement_timeout=MILLISECONDS",
	"sockettimeout":          "write statement_timeout=MILLISECONDS, or use fanql's own {timeout}",
	"targetservertype":       "write target_session_attrs=primary, standby or prefer-standby",
	"loadbalancehosts":       "write load_balance_hosts=random",
	"applicationname":        "write application_name=NAME",
	"tcpkeepalive":           "write keepalives=1",
	"readonly":               "remove it: every session is read-only",
	"prepared_statements":    "remove it: statements are prepared as they need be",
	"pgbouncer":              "remove it: poolers are recognised",
	"preparethreshold":       "remove it: statements are prepared as they need be",
	"sslaccept":              "write sslmode=require or verify-full",
	"pool_timeout":           pools,
	"connection_limit":       pools,
	"pool_max_conns":         pools,
	"pool_min_conns":         pools,
	"pool_min_idle_conns":    pools,
	"pool_max_conn_lifetime": pools, "pool_max_conn_lifetime_jitter": pools, "pool_max_conn_idle_time": pools,
	"pool_health_check_period": pools, "default_query_exec_mode": pools,
	"statement_cache_capacity": pools, "statement_cache_mode": pools, "description_cache_capacity": pools,
}

const pools = "remove it: it is for connection pools, and a source is asked over one connection"
