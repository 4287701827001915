-- refused: PhraseNotAllowed
SELECT share::other.kind FROM polls
