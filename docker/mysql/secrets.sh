# Sourced: how scripts read what they are given in files of $SECRETS.

secret() { # NAME: its value
  local value
  value=$(<"$SECRETS/$1")
  [[ -n $value ]] || { log "$SECRETS/$1 is empty; the Secret it comes from needs a value" >&2; return 1; }
  printf '%s' "$value"
}

sql_string() { # TEXT: as an SQL literal
  local text=${1//\\/\\\\}
  printf "'%s'" "${text//\'/\\\'}"
}
