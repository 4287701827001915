SELECT now() AS moment, current_date AS today, current_timestamp
