SELECT count(*) FROM polls ANTI JOIN counties USING (state)
