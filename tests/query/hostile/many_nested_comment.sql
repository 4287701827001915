-- refused: NotOneSelect
SELECT 1 /* /* */ */; SET threads = 64 /* ; */
