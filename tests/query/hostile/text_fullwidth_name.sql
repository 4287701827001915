-- refused: TableNotGranted
SELECT * FROM ｓｅｃｒｅｔｓ
