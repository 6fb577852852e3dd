{
 "patcher": {
  "fileversion": 1,
  "appversion": {
   "major": 8,
   "minor": 5,
   "revision": 0,
   "architecture": "x64",
   "modernui": 1
  },
  "classnamespace": "box",
  "rect": [
   80.0,
   80.0,
   1040.0,
   520.0
  ],
  "openinpresentation": 0,
  "boxes": [
   {
    "box": {
     "id": "title",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      20.0,
      12.0,
      620.0,
      22.0
     ],
     "text": "Hobnail: the dials move the emitter 'foley', notes are footsteps, Live's transport is followed."
    }
   },
   {
    "box": {
     "id": "dial-pitch",
     "maxclass": "live.dial",
     "numinlets": 1,
     "numoutlets": 2,
     "patching_rect": [
      20.0,
      50.0,
      44.0,
      48.0
     ],
     "outlettype": [
      "",
      ""
     ],
     "parameter_enable": 1,
     "varname": "pitch",
     "saved_attribute_attributes": {
      "valueof": {
       "parameter_longname": "Pitch",
       "parameter_shortname": "Pitch",
       "parameter_type": 0,
       "parameter_mmin": 0.0,
       "parameter_mmax": 1.0,
       "parameter_initial_enable": 1,
       "parameter_initial": [
        0.5
       ],
       "parameter_unitstyle": 1
      }
     }
    }
   },
   {
    "box": {
     "id": "address-pitch",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "patching_rect": [
      20.0,
      120.0,
      160.0,
      22.0
     ],
     "text": "prepend /hobnail/foley/pitch",
     "outlettype": [
      ""
     ]
    }
   },
   {
    "box": {
     "id": "dial-intensity",
     "maxclass": "live.dial",
     "numinlets": 1,
     "numoutlets": 2,
     "patching_rect": [
      190.0,
      50.0,
      44.0,
      48.0
     ],
     "outlettype": [
      "",
      ""
     ],
     "parameter_enable": 1,
     "varname": "intensity",
     "saved_attribute_attributes": {
      "valueof": {
       "parameter_longname": "Intensity",
       "parameter_shortname": "Intensity",
       "parameter_type": 0,
       "parameter_mmin": 0.0,
       "parameter_mmax": 1.0,
       "parameter_initial_enable": 1,
       "parameter_initial": [
        0.5
       ],
       "parameter_unitstyle": 1
      }
     }
    }
   },
   {
    "box": {
     "id": "address-intensity",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "patching_rect": [
      190.0,
      120.0,
      160.0,
      22.0
     ],
     "text": "prepend /hobnail/foley/intensity",
     "outlettype": [
      ""
     ]
    }
   },
   {
    "box": {
     "id": "dial-texture",
     "maxclass": "live.dial",
     "numinlets": 1,
     "numoutlets": 2,
     "patching_rect": [
      360.0,
      50.0,
      44.0,
      48.0
     ],
     "outlettype": [
      "",
      ""
     ],
     "parameter_enable": 1,
     "varname": "texture",
     "saved_attribute_attributes": {
      "valueof": {
       "parameter_longname": "Texture",
       "parameter_shortname": "Texture",
       "parameter_type": 0,
       "parameter_mmin": 0.0,
       "parameter_mmax": 1.0,
       "parameter_initial_enable": 1,
       "parameter_initial": [
        0.5
       ],
       "parameter_unitstyle": 1
      }
     }
    }
   },
   {
    "box": {
     "id": "address-texture",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "patching_rect": [
      360.0,
      120.0,
      160.0,
      22.0
     ],
     "text": "prepend /hobnail/foley/texture",
     "outlettype": [
      ""
     ]
    }
   },
   {
    "box": {
     "id": "notes",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "patching_rect": [
      20.0,
      180.0,
      60.0,
      22.0
     ],
     "text": "midiin",
     "outlettype": [
      ""
     ]
    }
   },
   {
    "box": {
     "id": "parse",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 8,
     "patching_rect": [
      20.0,
      210.0,
      120.0,
      22.0
     ],
     "text": "midiparse",
     "outlettype": [
      "",
      "",
      "",
      "",
      "",
      "",
      "",
      ""
     ]
    }
   },
   {
    "box": {
     "id": "pair",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 2,
     "patching_rect": [
      20.0,
      240.0,
      80.0,
      22.0
     ],
     "text": "unpack 0 0",
     "outlettype": [
      "",
      ""
     ]
    }
   },
   {
    "box": {
     "id": "level",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "patching_rect": [
      100.0,
      270.0,
      60.0,
      22.0
     ],
     "text": "/ 127.",
     "outlettype": [
      ""
     ]
    }
   },
   {
    "box": {
     "id": "address-event",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "patching_rect": [
      100.0,
      300.0,
      240.0,
      22.0
     ],
     "text": "prepend /hobnail/foley/event/footstep",
     "outlettype": [
      ""
     ]
    }
   },
   {
    "box": {
     "id": "ready",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 3,
     "patching_rect": [
      360.0,
      180.0,
      110.0,
      22.0
     ],
     "text": "live.thisdevice",
     "outlettype": [
      "",
      "",
      ""
     ]
    }
   },
   {
    "box": {
     "id": "where",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "patching_rect": [
      360.0,
      210.0,
      100.0,
      22.0
     ],
     "text": "path live_set",
     "outlettype": [
      ""
     ]
    }
   },
   {
    "box": {
     "id": "path",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 3,
     "patching_rect": [
      360.0,
      240.0,
      80.0,
      22.0
     ],
     "text": "live.path",
     "outlettype": [
      "",
      "",
      ""
     ]
    }
   },
   {
    "box": {
     "id": "what-is_playing",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "patching_rect": [
      360.0,
      270.0,
      150.0,
      22.0
     ],
     "text": "property is_playing",
     "outlettype": [
      ""
     ]
    }
   },
   {
    "box": {
     "id": "watch-is_playing",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "patching_rect": [
      360.0,
      300.0,
      100.0,
      22.0
     ],
     "text": "live.observer",
     "outlettype": [
      "",
      ""
     ]
    }
   },
   {
    "box": {
     "id": "what-tempo",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "patching_rect": [
      550.0,
      270.0,
      150.0,
      22.0
     ],
     "text": "property tempo",
     "outlettype": [
      ""
     ]
    }
   },
   {
    "box": {
     "id": "watch-tempo",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "patching_rect": [
      550.0,
      300.0,
      100.0,
      22.0
     ],
     "text": "live.observer",
     "outlettype": [
      "",
      ""
     ]
    }
   },
   {
    "box": {
     "id": "what-current_song_time",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "patching_rect": [
      740.0,
      270.0,
      150.0,
      22.0
     ],
     "text": "property current_song_time",
     "outlettype": [
      ""
     ]
    }
   },
   {
    "box": {
     "id": "watch-current_song_time",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 2,
     "patching_rect": [
      740.0,
      300.0,
      100.0,
      22.0
     ],
     "text": "live.observer",
     "outlettype": [
      "",
      ""
     ]
    }
   },
   {
    "box": {
     "id": "choose",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 3,
     "patching_rect": [
      360.0,
      330.0,
      70.0,
      22.0
     ],
     "text": "sel 1 0",
     "outlettype": [
      "",
      "",
      ""
     ]
    }
   },
   {
    "box": {
     "id": "play",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "patching_rect": [
      360.0,
      360.0,
      160.0,
      22.0
     ],
     "text": "/hobnail/transport/play 1",
     "outlettype": [
      ""
     ]
    }
   },
   {
    "box": {
     "id": "stop",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "patching_rect": [
      360.0,
      390.0,
      160.0,
      22.0
     ],
     "text": "/hobnail/transport/stop 1",
     "outlettype": [
      ""
     ]
    }
   },
   {
    "box": {
     "id": "address-tempo",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "patching_rect": [
      550.0,
      330.0,
      220.0,
      22.0
     ],
     "text": "prepend /hobnail/transport/tempo",
     "outlettype": [
      ""
     ]
    }
   },
   {
    "box": {
     "id": "slower",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "patching_rect": [
      740.0,
      330.0,
      100.0,
      22.0
     ],
     "text": "speedlim 100",
     "outlettype": [
      ""
     ]
    }
   },
   {
    "box": {
     "id": "address-time",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "patching_rect": [
      740.0,
      360.0,
      250.0,
      22.0
     ],
     "text": "prepend /hobnail/transport/chase/beat",
     "outlettype": [
      ""
     ]
    }
   },
   {
    "box": {
     "id": "out",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      20.0,
      440.0,
      170.0,
      22.0
     ],
     "text": "udpsend 127.0.0.1 9700"
    }
   }
  ],
  "lines": [
   {
    "patchline": {
     "source": [
      "dial-pitch",
      0
     ],
     "destination": [
      "address-pitch",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "address-pitch",
      0
     ],
     "destination": [
      "out",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "dial-intensity",
      0
     ],
     "destination": [
      "address-intensity",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "address-intensity",
      0
     ],
     "destination": [
      "out",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "dial-texture",
      0
     ],
     "destination": [
      "address-texture",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "address-texture",
      0
     ],
     "destination": [
      "out",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "notes",
      0
     ],
     "destination": [
      "parse",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "parse",
      0
     ],
     "destination": [
      "pair",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "pair",
      1
     ],
     "destination": [
      "level",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "level",
      0
     ],
     "destination": [
      "address-event",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "address-event",
      0
     ],
     "destination": [
      "out",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "ready",
      0
     ],
     "destination": [
      "where",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "where",
      0
     ],
     "destination": [
      "path",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "path",
      1
     ],
     "destination": [
      "watch-is_playing",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "path",
      1
     ],
     "destination": [
      "what-is_playing",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "what-is_playing",
      0
     ],
     "destination": [
      "watch-is_playing",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "path",
      1
     ],
     "destination": [
      "watch-tempo",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "path",
      1
     ],
     "destination": [
      "what-tempo",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "what-tempo",
      0
     ],
     "destination": [
      "watch-tempo",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "path",
      1
     ],
     "destination": [
      "watch-current_song_time",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "path",
      1
     ],
     "destination": [
      "what-current_song_time",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "what-current_song_time",
      0
     ],
     "destination": [
      "watch-current_song_time",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "watch-is_playing",
      0
     ],
     "destination": [
      "choose",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "choose",
      0
     ],
     "destination": [
      "play",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "choose",
      1
     ],
     "destination": [
      "stop",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "play",
      0
     ],
     "destination": [
      "out",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "stop",
      0
     ],
     "destination": [
      "out",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "watch-tempo",
      0
     ],
     "destination": [
      "address-tempo",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "address-tempo",
      0
     ],
     "destination": [
      "out",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "watch-current_song_time",
      0
     ],
     "destination": [
      "slower",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "slower",
      0
     ],
     "destination": [
      "address-time",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "address-time",
      0
     ],
     "destination": [
      "out",
      0
     ]
    }
   }
  ]
 }
}
