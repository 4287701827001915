-- refused: FunctionNotAllowed
SELECT sum(share) OVER (ORDER BY (SELECT count(*) FROM glob('/*'))) FROM polls
