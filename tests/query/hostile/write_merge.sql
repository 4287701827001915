-- refused: NotOneSelect
MERGE INTO polls USING counties ON polls.state = counties.state WHEN MATCHED THEN DELETE
