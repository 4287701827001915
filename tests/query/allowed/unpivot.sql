UNPIVOT (SELECT id, share, sample::DOUBLE AS sample FROM polls) ON share, sample INTO NAME measure VALUE amount
