SELECT "STATE", COUNT(*) AS "how many?" FROM "Polls" GROUP BY "state"
