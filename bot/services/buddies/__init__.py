"""Study buddies: profiles, rounds, meetings, and what keeps them safe."""
