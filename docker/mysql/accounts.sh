# Sourced: what a first primary is given, whether it begins empty or with a restored copy.

accounts() { # the database and its accounts, as SQL; root comes last, and has no password until then
  local root app probe exporter replication clone backup
  root=$(secret root-password) && app=$(secret app-password) && probe=$(secret probe-password) && exporter=$(secret exporter-password) &&
    replication=$(secret replication-password) && clone=$(secret clone-password) && backup=$(secret backup-password) || return
  cat <<SQL
    CREATE DATABASE IF NOT EXISTS \`$MYSQL_DATABASE\`;
    CREATE USER 'laravel'@'%' IDENTIFIED BY $(sql_string "$app");
    GRANT ALL ON \`${MYSQL_DATABASE//_/\\_}\`.* TO 'laravel'@'%';
    CREATE USER 'probe'@'127.0.0.1' IDENTIFIED BY $(sql_string "$probe") WITH MAX_USER_CONNECTIONS 3;
    GRANT REPLICATION CLIENT ON *.* TO 'probe'@'127.0.0.1';
    CREATE USER 'exporter'@'127.0.0.1' IDENTIFIED BY $(sql_string "$exporter") WITH MAX_USER_CONNECTIONS 3;
    GRANT PROCESS, REPLICATION CLIENT ON *.* TO 'exporter'@'127.0.0.1';
    GRANT SELECT ON performance_schema.* TO 'exporter'@'127.0.0.1';
    CREATE USER 'replication'@'%' IDENTIFIED BY $(sql_string "$replication") REQUIRE SSL;
    GRANT REPLICATION SLAVE ON *.* TO 'replication'@'%';
    GRANT SELECT ON performance_schema.replication_connection_status TO 'replication'@'%';
    CREATE USER 'clone'@'%' IDENTIFIED BY $(sql_string "$clone") REQUIRE SSL;
    GRANT BACKUP_ADMIN ON *.* TO 'clone'@'%';
    CREATE USER 'backup'@'%' IDENTIFIED BY $(sql_string "$backup") REQUIRE SSL;
    GRANT RELOAD, REPLICATION CLIENT, REPLICATION SLAVE, SHOW_ROUTINE ON *.* TO 'backup'@'%';
    GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES ON \`${MYSQL_DATABASE//_/\\_}\`.* TO 'backup'@'%';
    ALTER USER 'root'@'localhost' IDENTIFIED BY $(sql_string "$root");
SQL
}
