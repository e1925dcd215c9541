"""Study buddies: who goes with whom, why, and when. Pure: profiles and `now` in, groups and sentences out."""
