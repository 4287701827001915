-- refused: NotOneSelect
CREATE OR REPLACE VIEW polls AS SELECT 1
